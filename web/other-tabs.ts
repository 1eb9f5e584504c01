/** Who is signed in now, as tabs of one browser tell each other: they share the session, and nothing else says so. */
const CHANNEL = 'allium.session';

export interface OtherTabs {
  /** Tells the other tabs who is signed in here now. */
  announce: (userId: number | null) => void;
}

/** @param heard is called with what another tab announces. */
export function listenToOtherTabs(heard: (userId: number | null) => void): OtherTabs {
  try {
    const channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) =>
      heard(typeof data === 'number' ? data : null),
    );
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin and takes no second argument
    return { announce: (userId) => channel.postMessage(userId) };
  } catch {
    return { announce: () => {} }; // forbidden together with storage; each tab is then on its own
  }
}
