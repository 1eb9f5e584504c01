/** The public face of the upstreams: nothing outside this folder imports from another file of it (architecture.test.ts). */
export type { AccessCheck } from './access-check.js';
export type { RequestHeaderRules } from './config/headers.schema.js';
export {
  parseUpstreams,
  UpstreamsFileError,
  type UpstreamDefinition,
  type UpstreamDefinitions,
} from './config/upstreams-file.js';
export { createGateway, type Gateway } from './create-gateway.js';
export { registerWithConsul } from './discovery/consul-registration.js';
export type { Log } from './log.js';
export { asciiValue } from './proxy/ascii-headers.js';
export { CallSignal } from './proxy/call-signal.js';
export type { ClientKey } from '../limits/client-shares.js';
export { ClientDisconnected, unavailable } from './proxy/failures.js';
export { fetchJson } from './proxy/fetch-json.js';
export type { ProxyExchange, ResponseSink } from './proxy/proxy-exchange.js';
export { UploadBody } from './proxy/upload-body.js';
export { upstreamTarget, type UpstreamTarget } from './proxy/upstream-path.js';
export type { CallerSignIn } from './proxy/upstream-tokens.js';
export { reportUpstreams } from './report.js';
export { type CachedResponse, type CacheKey, ResponseCache } from './response-cache/response-cache.js';
export type { Tunnels } from './tunnels/tunnels.js';
export { upstreamPolicy } from './upstream-policy.js';
export type { Upstream } from './upstream.js';
