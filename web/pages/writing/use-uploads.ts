import { onBeforeUnmount, reactive, shallowReactive } from 'vue';
import { ApiError } from '../../api/client';
import { uploadPicture } from '../../api/uploads';
import type { Upload } from '../../api/writing';

/** A picture on its way to the server. */
export interface PendingUpload {
  id: number;
  name: string;
  /** From 0 to 1. */
  sent: number;
  problem: ApiError | null;
  retry: () => void;
  cancel: () => void;
}

/** Sends pictures, each with its progress; what fails stays until it is tried again or canceled. */
export function useUploads(): {
  uploads: PendingUpload[];
  start: (picture: File, onDone: (file: Upload) => void) => void;
} {
  const uploads = shallowReactive<PendingUpload[]>([]);
  const running = new Set<AbortController>();
  let lastId = 0;

  function start(picture: File, onDone: (file: Upload) => void): void {
    lastId += 1;
    let controller = new AbortController();
    const upload: PendingUpload = reactive({
      id: lastId,
      name: picture.name,
      sent: 0,
      problem: null,
      retry: () => void send(),
      cancel() {
        controller.abort();
        remove();
      },
    });
    uploads.push(upload);
    void send();

    async function send(): Promise<void> {
      controller = new AbortController();
      running.add(controller);
      const { signal } = controller;
      upload.problem = null;
      upload.sent = 0;
      try {
        const { file } = await uploadPicture(picture, {
          signal,
          onProgress: (part) => {
            upload.sent = part;
          },
        });
        remove();
        onDone(file);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        upload.problem = error;
      } finally {
        running.delete(controller);
      }
    }

    function remove(): void {
      const index = uploads.indexOf(upload);
      if (index >= 0) uploads.splice(index, 1);
    }
  }

  onBeforeUnmount(() => {
    for (const controller of running) controller.abort();
  });
  return { uploads, start };
}
