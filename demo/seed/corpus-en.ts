import { craftTopics } from './corpus-en-craft.js';
import { lifeTopics } from './corpus-en-life.js';
import type { Corpus } from './corpus.js';

export const english: Corpus = {
  gap: ' ',
  numbered: (subject, number) => `Field notes on ${subject}, no. ${number}`,
  topics: [...craftTopics, ...lifeTopics],
  comments: [
    'This is the clearest explanation I have read in a long time. Thank you.',
    'I had the opposite experience last winter. Perhaps it depends on how large the team is?',
    'Saved for the weekend. The part in the middle deserves a post of its own.',
    'Small correction: it also works without the second step, at least here.',
    'I laughed at the first paragraph because it is exactly what happened to us.',
    'Could you say more about how you measured that?',
    'My father used to say the same thing, in fewer words.',
    'Tried it this morning. It works, and I even understand why.',
    'I disagree with the conclusion, but I enjoyed getting there.',
    'The quote alone was worth it.',
  ],
  replies: [
    'Good point. I shall try it and add a note.',
    'Thank you for reading so closely.',
    'That is a longer story; I will write it up.',
    'You are right, I have corrected it.',
    'It depends, as always. What did you see?',
  ],
};
