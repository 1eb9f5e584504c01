/** Loaded at the first question: that takes 30 ms, and most starts ask none. */
let list: Promise<ReadonlySet<string>> | undefined;

/** Whether it is one of the most common passwords that others have lost, in whichever case. */
export async function isCommonPassword(password: string): Promise<boolean> {
  return (await (list ??= load())).has(password.toLowerCase());
}

async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}
