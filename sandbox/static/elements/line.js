// The frame's end of the line to the page that holds it.

/**
 * Waits for the page to open the line, then does what it is told.
 * The page that made this frame names its origin in the frame's address; only that page, from that origin, may open
 * the line, once. From then on everything goes through a port that nobody else can reach.
 * @param {Record<string, (payload: any) => unknown>} orders what the page may ask for; `open` comes first
 * @returns {(event: string, payload?: object) => void} tells the page something
 */
export function listen(orders) {
  /** @type {MessagePort|undefined} */
  let port;
  window.addEventListener("message", ({ source, origin, data, ports }) => {
    const isOurPage = source === window.parent && origin === decodeURIComponent(location.hash.slice(1));
    if (!isOurPage || data?.order !== "open" || !ports[0] || port) return;
    [port] = ports;
    port.onmessage = (event) => follow(/** @type {MessagePort} */ (port), orders, event.data);
    orders.open(data.payload);
    port.postMessage({ event: "ready" });
  });
  return (event, payload = {}) => port?.postMessage({ event, ...payload });
}

/**
 * @param {MessagePort} port
 * @param {Record<string, (payload: any) => unknown>} orders
 * @param {{id?: number, order: string, payload: any}} message
 */
async function follow(port, orders, { id, order, payload }) {
  const answer = await orders[order](payload);
  if (id !== undefined) port.postMessage({ id, answer });
}
