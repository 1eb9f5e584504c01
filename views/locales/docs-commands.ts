/** What the steps of the walk run, the same in all languages. Values in angle brackets come from earlier responses. */
export const register = `curl -X POST $ALLIUM/api/auth/register \\
  -H 'Content-Type: application/json' \\
  -d '{"username":"ada","email":"ada@example.com","password":"a long pass phrase"}'`;
export const token = 'TOKEN=<token>';
export const upload = `curl -X POST $ALLIUM/api/upload/single \\
  -H "Authorization: Bearer $TOKEN" \\
  -F 'image=@picture.jpg'`;
export const publish = `curl -X POST $ALLIUM/api/posts \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"title":"Peeling an onion","content":"# Layers\\n\\n![An onion](<file.url>)",
       "category":"life","tags":["kitchen"],"coverImage":"<file.url>","status":"published"}'`;
export const show = 'curl $ALLIUM/api/posts/<post.id>';
