/**
 * An `attachment` header with the file's name (RFC 6266): a plain one for old readers and, when the name has other
 * characters, the exact one as UTF-8. Folders and control characters are taken out.
 */
export function attachmentHeader(fileName: string): string {
  // Through UTF-8 and back, half a surrogate pair becomes a replacement character, which can be encoded.
  const wellFormed = Buffer.from(fileName, 'utf8').toString('utf8');
  const name =
    wellFormed
      .replace(/^.*[/\\]/, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a header.
      .replace(/[\u0000-\u001f\u007f]/g, '') || 'download';
  const plain = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const header = `attachment; filename="${plain}"`;
  if (plain === name) return header;
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${header}; filename*=UTF-8''${exact}`;
}
