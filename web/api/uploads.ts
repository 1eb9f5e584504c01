import type { z } from 'zod';
import type { uploadAnswer } from '../../routes/uploads/uploads.schema';
import { errorFrom, NetworkError, noteSessionEnd } from './client';

type UploadAnswer = z.output<typeof uploadAnswer>;

interface UploadOptions {
  /** From 0 to 1. At 1 everything is sent, and the server is at work on it. */
  onProgress: (part: number) => void;
  signal: AbortSignal;
}

/**
 * Uploads a picture. By XMLHttpRequest: fetch does not say how much of a body has been sent.
 *
 * @throws {ApiError} as `request` does
 * @throws the reason of `signal` when it aborts
 */
export async function uploadPicture(picture: File, options: UploadOptions): Promise<UploadAnswer> {
  const body = new FormData();
  body.set('image', picture);
  const response = await post('/api/upload/single', body, options);
  if (response.ok) return response.json();
  const error = await errorFrom(response);
  noteSessionEnd(error);
  throw error;
}

function post(path: string, body: FormData, { onProgress, signal }: UploadOptions): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    signal.throwIfAborted();
    signal.addEventListener('abort', abort, { once: true });
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
    request.addEventListener('load', () => {
      const headers = request
        .getAllResponseHeaders()
        .split('\r\n')
        .flatMap((line): [string, string][] => {
          const colon = line.indexOf(':');
          return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).trim()]] : [];
        });
      resolve(new Response(request.responseText, { status: request.status, headers }));
    });
    request.addEventListener('error', () => reject(new NetworkError()));
    request.addEventListener('abort', () => reject(signal.reason));
    request.addEventListener('loadend', () => signal.removeEventListener('abort', abort));
    request.open('POST', path);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Accept-Language', document.documentElement.lang);
    request.setRequestHeader('X-CSRF', '1');
    request.send(body);
  });
}
