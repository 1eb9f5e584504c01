const UPLOAD = /^(\/uploads\/[0-9a-f]{32})\.\w+$/;

/** Only pictures of this site are loaded, so that no other host can track its readers. */
export function ownPicture(address: string | null): string | null {
  return address !== null && /^\/(?![/\\])/.test(address) ? address : null;
}

/** The sizes in which an uploaded picture exists, for `srcset`. */
export function sizesOf(picture: string): string | undefined {
  const base = UPLOAD.exec(picture)?.[1];
  return base && `${base}-320.webp 320w, ${base}-1280.webp 1280w`;
}
