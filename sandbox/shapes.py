"""Building blocks of the objects that the API shows."""

from sandbox.errors import Json

ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def nulls(names: str) -> Json:
    """The named properties, all null."""
    return dict.fromkeys(names.split())


def address(given: Json) -> Json:
    """A complete address; what is missing or empty is null."""
    return {part: given.get(part) or None for part in ADDRESS}


def shipping(given: Json) -> Json | None:
    """Where to send things, complete; null when it was emptied."""
    if not given:
        return None
    rest = {name: given.get(name) or None for name in ("carrier", "phone", "tracking_number")}
    return {"address": address(given["address"]), "name": given["name"], **rest}


def merged_metadata(present: Json, given: Json | str | None) -> Json:
    """Given keys are merged in, empty values delete theirs, an empty whole deletes all."""
    if given is None:
        return present
    if isinstance(given, str):
        return {}
    return {key: value for key, value in {**present, **given}.items() if value != ""}
