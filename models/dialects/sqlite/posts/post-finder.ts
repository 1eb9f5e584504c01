import type { PostFinder } from '../../../posts/post-finder.js';
import type { Engine } from '../../engine.js';
import { createSqliteLists } from './post-list.js';
import { createSqliteSearch } from './post-search.js';

/** Lists by plans that name their indexes, and a search by FTS5. */
export function createSqlitePostFinder(engine: Pick<Engine, 'read' | 'readLong' | 'write' | 'words'>): PostFinder {
  return { ...createSqliteLists(engine), search: createSqliteSearch(engine) };
}
