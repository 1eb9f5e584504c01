export { createClient } from './client.js';
export { ApiError, NetworkError, SessionEndedError, ValidationError, type ErrorDetail } from './errors.js';
