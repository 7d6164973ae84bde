"""Documents made from the structs: JSON Schemas, the AsyncAPI document, the dashboard's TypeScript types."""
