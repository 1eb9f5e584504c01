/** The channel on which the tabs of one browser announce who is signed in: they share one session. */
const CHANNEL = 'allium.session';

export interface OtherTabs {
  /** Notifies the other tabs who is signed in now. */
  announce: (userId: number | null) => void;
}

/** @param onAnnounced receives what another tab announces. */
export function listenToOtherTabs(onAnnounced: (userId: number | null) => void): OtherTabs {
  if (import.meta.env.SSR) return { announce: () => {} };
  try {
    const channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) =>
      onAnnounced(typeof data === 'number' ? data : null),
    );
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin and takes no second argument
    return { announce: (userId) => channel.postMessage(userId) };
  } catch {
    return { announce: () => {} }; // browsers that forbid storage forbid this too; tabs then stay unsynchronized
  }
}
