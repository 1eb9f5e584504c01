/** A column of a table. */
export interface Column {
  /** The cell is in the slot of this name. */
  key: string;
  label: string;
  /** The field by which the server sorts. */
  sort?: string;
  /** The direction of the first click: names from A, times from now. */
  first?: '' | '-';
  /** What the row is about: cannot be hidden, and is the title of a card. */
  main?: boolean;
  /** A number, set flush right. */
  figure?: boolean;
  width?: 'small' | 'medium' | 'large';
}
