"""The ways in which a call can fail, with Stripe's types, codes and sentences.

`ApiError` carries the HTTP status and the members of the `error` object. Its `kept` says
whether what the call did before failing stays: a declined payment leaves a failed charge
behind, a refused parameter leaves nothing.
"""

from typing import Any

Json = dict[str, Any]
DOCS = "https://stripe.com/docs/error-codes/"


class ApiError(Exception):
    """A documented failure, ready to be sent."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kept = False
        members = {"code": code, "message": message, "param": param, **more, "type": kind}
        if code:
            members["doc_url"] = DOCS + code.replace("_", "-")
        self.error: Json = {key: value for key, value in members.items() if value is not None}

    @property
    def code(self) -> str:
        """The code, or the type of an error that has none."""
        return str(self.error.get("code") or self.error["type"])

    def about(self, name: str, body: Json) -> "ApiError":
        """Shows an object, such as the `payment_intent`, in the error."""
        self.error[name] = body
        return self

    def keep(self) -> "ApiError":
        """What the call did before it failed stays."""
        self.kept = True
        return self


def unknown_params(names: list[str]) -> ApiError:
    """Stripe names every unknown parameter in the sentence and the first in `param`."""
    noun = "parameter" if len(names) == 1 else "parameters"
    message = f"Received unknown {noun}: {', '.join(names)}"
    return ApiError(400, message, code="parameter_unknown", param=names[0])


def missing_param(name: str) -> ApiError:
    return ApiError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def empty_param(name: str) -> ApiError:
    return ApiError(
        400,
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset "
        f"a parameter; however '{name}' cannot be unset. You should remove '{name}' from your "
        "request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=name,
    )


def invalid_param(message: str, param: str, code: str | None = None) -> ApiError:
    return ApiError(400, message, code=code, param=param)


def exclusive_params(first: str, second: str) -> ApiError:
    return ApiError(
        400,
        f"You may only specify one of these parameters: {first}, {second}.",
        code="parameters_exclusive",
        param=first,
    )


def not_found(noun: str, object_id: str, param: str, status: int = 400) -> ApiError:
    """404 when the id stands in the URL, 400 when it is a parameter."""
    return ApiError(status, f"No such {noun}: '{object_id}'", code="resource_missing", param=param)


def no_longer_supported(param: str) -> ApiError:
    """Of `payment_method_types`. Source: changelog 2026-09-30.endive."""
    message = (
        f"The `{param}` parameter is no longer supported. Use `automatic_payment_methods` or "
        "`allowed_payment_method_types` instead."
    )
    return ApiError(400, message, code=f"{param}_no_longer_supported", param=param)


def idempotency_mismatch(key: str) -> ApiError:
    return ApiError(
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request.",
        kind="idempotency_error",
    )


def idempotency_in_use(key: str) -> ApiError:
    return ApiError(
        409,
        "There is currently another in-progress request using this Idempotent Key (that probably "
        "means you submitted twice, and the other request is still going through): "
        f"{key}. Please try again later.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def unrecognized_url(method: str, path: str) -> ApiError:
    return ApiError(
        404,
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we "
        "can help at https://support.stripe.com/.",
    )


def internal() -> ApiError:
    return ApiError(
        500,
        "An unknown error occurred in the sandbox. This is a bug of the sandbox.",
        kind="api_error",
    )


def card_error(message: str, code: str, *, param: str | None = None, **more: Any) -> ApiError:
    """HTTP 402: the card or its bank said no."""
    return ApiError(402, message, kind="card_error", code=code, param=param, **more)
