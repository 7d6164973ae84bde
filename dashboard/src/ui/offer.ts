/** Lets the browser save something that was made on this page. */
export function offer(made: Blob, name: string): void {
  const address = URL.createObjectURL(made);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on it by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
