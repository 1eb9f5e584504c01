/**
 * The request headers that every upstream receives: what a message says of its content, which form of a resource it asks
 * for and under which condition (RFC 9110 sections 8, 12, 13 and 14). All others stop at the gateway, since services and
 * proxies believe many of them: who asks, from where, and for which path.
 */
export const END_TO_END_HEADERS: readonly string[] = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-disposition',
  'content-range',
  'content-digest',
  'content-md5',
  'digest',
  'repr-digest',
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'want-content-digest',
  'want-repr-digest',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
  'cache-control',
  'pragma',
  'user-agent',
  'last-event-id', // event streams resume by it
  'tracestate', // `traceparent` is written by the gateway
];

/** Of a WebSocket's handshake (RFC 6455 section 4.1). */
export const HANDSHAKE_HEADERS: ReadonlySet<string> = new Set([
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
]);
