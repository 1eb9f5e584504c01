/** Whether the caller may still use what was opened for them. Requests of one sign-in share a key, and the result. */
export interface AccessCheck {
  key: string;
  /** Reads the account and the credential again. @throws Unavailable when the database does not answer in time. */
  isValid(): Promise<boolean>;
  /** Returns the error to answer with once access is not valid any more. */
  denied(): Error;
}
