import { describe, expect, it } from 'vitest';
import { ValidationFailed } from '../errors.js';
import { checkUsername } from './username.js';

describe('a user name', () => {
  it.each([
    'rooty',
    'ｒｏｏｔｙ', // the same name: its key folds the width
    'ada.lovelace-1815_x',
    '12345',
    'Zoë',
    'Nguyễn',
    'e\u0301mile',
    'Łukasz',
    'Straße',
    'анна',
    'й\u0306'.normalize('NFD').slice(0, 2),
    'ελένη',
    'ვეფხისტყაოსანი',
    'דוד',
    'محمد',
    'हिन्दी',
    'ไทยแลนด์',
    'தமிழ்',
    '王小明',
    '王ada',
    'たなか田中タナカada',
    'コーヒー',
    '김철수kim',
    '金철수',
    'ㄅㄆ王',
  ])('may be %s', (username) => {
    expect(() => checkUsername(username)).not.toThrow();
  });

  it.each([
    ['Cyrillic о among Latin letters', 'r\u043E\u043Ety'],
    ['Cyrillic а at the end', 'ad\u0430'],
    ['Greek ο', 'r\u03BFoty'],
    ['Armenian ո', 'a\u0578a'],
    ['Cyrillic and Greek', '\u0430\u03BF\u0430'],
    ['Cyrillic beside Chinese', '王\u0430\u0430'],
    ['Hebrew beside Latin', 'adaדוד'],
    ['Hangul beside Hiragana', '김たなか'],
    ['bold letters', '𝐫𝐨𝐨𝐭𝐲'],
    ['circled digits', 'ada①'],
    ['a mark that does not compose', 'a\u0335da'],
    ['a stack of marks', 'a\u0301\u0302\u0303da'],
    ['a Thai mark twice', 'ก\u0E47\u0E47'],
    ['a mark of another script', 'ada\u0E47'],
    ['a Cyrillic mark', 'а\u0484а'],
    ['a dead script', '𐎀𐎁𐎂'],
    ['Cherokee, which has Latin shapes', '\u13A1\u13AA\u13A2'],
  ])('may not hold %s', (_name, username) => {
    expect(() => checkUsername(username)).toThrow(ValidationFailed);
  });
});
