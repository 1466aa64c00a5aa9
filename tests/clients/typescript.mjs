// The SDKs in TypeScript against the real binary:
//   typescript.mjs CLIENTS 1|2 legacy|auto stdio BINARY DATA_DIR | http URL | sse URL
// CLIENTS is the directory whose node_modules has them. Only 2.x knows of more than the legacy era.
import { createRequire } from "node:module";
import { join } from "node:path";
import { play } from "./piece_of_work.mjs";

const [clients, sdk, mode, kind, ...where] = process.argv.slice(2);
const require = createRequire(join(clients, "package.json"));
const { Client, StdioClientTransport, StreamableHTTPClientTransport, SSEClientTransport } =
  sdk === "2"
    ? { ...require("@modelcontextprotocol/client"), ...require("@modelcontextprotocol/client/stdio") }
    : {
        ...require("@modelcontextprotocol/sdk/client/index.js"),
        ...require("@modelcontextprotocol/sdk/client/stdio.js"),
        ...require("@modelcontextprotocol/sdk/client/streamableHttp.js"),
        ...require("@modelcontextprotocol/sdk/client/sse.js"),
      };

const transports = {
  stdio: (command, dir) => new StdioClientTransport({ command, args: ["--data-dir", dir, "serve", "--stdio"] }),
  http: (url) => new StreamableHTTPClientTransport(new URL(url)),
  sse: (url) => new SSEClientTransport(new URL(url)),
};
const options = sdk === "2" ? { versionNegotiation: { mode } } : {};
const client = new Client({ name: "matrix", version: "0" }, options);
const transport = transports[kind](...where);
let protocol = transport.protocolVersion;
// 1.x tells the version that was agreed on to its transport alone.
transport.setProtocolVersion = ((set) => (version) => {
  protocol = version;
  set?.call(transport, version);
})(transport.setProtocolVersion);
await client.connect(transport);
protocol = client.getNegotiatedProtocolVersion?.() ?? protocol;

const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  return { error: result.isError ?? false, structured: result.structuredContent, text: result.content[0].text };
};
await play(call, async () => (await client.listTools()).tools.map((tool) => tool.name));
console.log(`ok: TypeScript ${sdk}.x ${mode}, ${kind}, protocol ${protocol}`);
await client.close();
