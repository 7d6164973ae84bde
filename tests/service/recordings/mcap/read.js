// node read.js FILE: what the MCAP libraries of the npm registry (those of Foxglove and Lichtblick) read of a recording, as one JSON object.
import { open } from "node:fs/promises";
import { McapIndexedReader } from "@mcap/core";
import { FileHandleReadable } from "@mcap/nodejs";
import { loadDecompressHandlers } from "@mcap/support";

const file = await open(process.argv[2], "r");
const reader = await McapIndexedReader.Initialize({
  readable: new FileHandleReadable(file),
  decompressHandlers: await loadDecompressHandlers(),
});
const text = new TextDecoder();
const channels = {};
for (const { topic, messageEncoding, schemaId } of reader.channelsById.values()) {
  const schema = reader.schemasById.get(schemaId);
  channels[topic] = {
    encoding: messageEncoding,
    schema: schema && { name: schema.name, encoding: schema.encoding, content: JSON.parse(text.decode(schema.data)) },
    messages: [],
  };
}
for await (const message of reader.readMessages({ validateCrcs: true })) {
  const channel = channels[reader.channelsById.get(message.channelId).topic];
  const content = channel.encoding === "json" ? JSON.parse(text.decode(message.data)) : message.data.length;
  channel.messages.push({ log_ns: String(message.logTime), content });
}
const metadata = {};
for await (const { name, metadata: pairs } of reader.readMetadata()) metadata[name] = Object.fromEntries(pairs);
console.log(JSON.stringify({ library: reader.header.library, messages: String(reader.statistics.messageCount), channels, metadata }));
await file.close();
