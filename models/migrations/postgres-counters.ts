/** The triggers of the baseline: they count posts, tags, likes and comments in the transaction that changes them. */

export const FUNCTIONS = [
  'count_post',
  'post_counted',
  'post_tags_counted',
  'tag_counted',
  'post_untagged',
  'like_counted',
  'comment_counted',
];

/** A function that a trigger calls for each row. */
const triggered = (name: string, body: string) =>
  `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NULL; END $$`;
const trigger = (name: string, event: string, calls: string, condition = 'TRUE') =>
  `CREATE TRIGGER ${name} ${event} FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION ${calls}()`;

/** No account has the number 0: posts without an author are counted there. */
export const COUNTERS = [
  `CREATE FUNCTION count_post(author BIGINT, category BIGINT, amount INTEGER) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
     INSERT INTO post_totals AS t (scope, total) VALUES ('published', amount), ('author:' || coalesce(author, 0), amount)
       ON CONFLICT (scope) DO UPDATE SET total = t.total + amount;
     UPDATE categories SET post_count = post_count + amount WHERE id = category; END $$`,
  triggered(
    'post_counted',
    `IF TG_OP <> 'INSERT' AND OLD.status = 'published' THEN PERFORM count_post(OLD.author_id, OLD.category_id, -1); END IF;
     IF TG_OP <> 'DELETE' AND NEW.status = 'published' THEN PERFORM count_post(NEW.author_id, NEW.category_id, 1); END IF;`,
  ),
  trigger('post_added_or_removed', 'AFTER INSERT OR DELETE ON posts', 'post_counted'),
  trigger(
    'post_moved',
    'AFTER UPDATE OF status, category_id, author_id ON posts',
    'post_counted',
    '(OLD.status, OLD.category_id, OLD.author_id) IS DISTINCT FROM (NEW.status, NEW.category_id, NEW.author_id)',
  ),
  triggered(
    'post_tags_counted',
    `UPDATE tags SET post_count = post_count + (NEW.status = 'published')::int - (OLD.status = 'published')::int
       WHERE id IN (SELECT tag_id FROM post_tags WHERE post_id = NEW.id);`,
  ),
  trigger('post_tags_recounted', 'AFTER UPDATE OF status ON posts', 'post_tags_counted', 'OLD.status <> NEW.status'),
  // While the post is still there to say whether it was counted: a cascade would come too late.
  `CREATE FUNCTION post_untagged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     DELETE FROM post_tags WHERE post_id = OLD.id; RETURN OLD; END $$`,
  trigger('post_untagged', 'BEFORE DELETE ON posts', 'post_untagged'),
  triggered(
    'tag_counted',
    `IF TG_OP = 'INSERT' THEN
       UPDATE tags SET post_count = post_count + 1
         WHERE id = NEW.tag_id AND EXISTS (SELECT FROM posts WHERE id = NEW.post_id AND status = 'published');
     ELSE
       UPDATE tags SET post_count = post_count - 1
         WHERE id = OLD.tag_id AND EXISTS (SELECT FROM posts WHERE id = OLD.post_id AND status = 'published');
     END IF;`,
  ),
  trigger('tag_given_or_taken', 'AFTER INSERT OR DELETE ON post_tags', 'tag_counted'),
  ...['like', 'comment'].flatMap((what) => [
    triggered(
      `${what}_counted`,
      `IF TG_OP = 'INSERT' THEN UPDATE posts SET ${what}_count = ${what}_count + 1 WHERE id = NEW.post_id;
       ELSE UPDATE posts SET ${what}_count = ${what}_count - 1 WHERE id = OLD.post_id; END IF;`,
    ),
    trigger(`${what}_added_or_removed`, `AFTER INSERT OR DELETE ON ${what}s`, `${what}_counted`),
  ]),
];
