// node validate.js FILE: prints what the official AsyncAPI parser has to say, one JSON object a line; exit 1 where an error is among it.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
for (const { severity, code, message, path } of diagnostics) {
  console.log(JSON.stringify({ severity, code, message, path: path.join("/") }));
}
process.exit(document === undefined || diagnostics.some(({ severity }) => severity === 0) ? 1 : 0);
