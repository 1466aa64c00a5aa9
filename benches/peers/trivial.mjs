// The TypeScript SDK with one tool that does nothing, beside which `cargo bench --bench wire` measures:
//   trivial.mjs stdio|http CLIENTS     CLIENTS is the directory whose node_modules has the SDK
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const [kind, clients] = process.argv.slice(2);
const require = createRequire(join(clients, "package.json"));
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = require("@modelcontextprotocol/sdk/server/stdio.js");
const { StreamableHTTPServerTransport } = require("@modelcontextprotocol/sdk/server/streamableHttp.js");
const { z } = require("zod");

function server() {
  const server = new McpServer({ name: "peer", version: "0" });
  server.registerTool("route_task", { description: "Nothing", inputSchema: { task: z.string() } }, ({ task }) => {
    const structuredContent = { model: task.length < 80 ? "small" : "large" };
    return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
  });
  return server;
}

if (kind === "stdio") {
  await server().connect(new StdioServerTransport());
} else {
  const open = new Map();
  const listener = createServer(async (request, response) => {
    let transport = open.get(request.headers["mcp-session-id"]);
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => open.set(id, transport),
      });
      await server().connect(transport);
    }
    await transport.handleRequest(request, response);
  });
  listener.listen(0, "127.0.0.1", () => console.error(`http://127.0.0.1:${listener.address().port}/mcp`));
}
