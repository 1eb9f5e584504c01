/** A service that answers anything with its name, and /health too. node plain-service-process.js <port> <name> */
import { createServer } from 'node:http';

const [port, name] = process.argv.slice(2);
createServer((_request, response) => response.end(name)).listen(Number(port), '127.0.0.1');
