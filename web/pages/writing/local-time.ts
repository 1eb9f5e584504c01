/** The value of a `datetime-local` field, in the person's time zone. */
export function toLocalField(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** @returns undefined for a field that is empty or incomplete. */
export function fromLocalField(value: string): Date | undefined {
  const date = new Date(value); // without an offset: the person's time zone (ECMA-262, Date Time String Format)
  return Number.isNaN(date.getTime()) ? undefined : date;
}
