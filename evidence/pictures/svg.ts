/** Escapes text for SVG. */
export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

export interface Picture {
  readonly width: number
  readonly height: number
  /** A description for readers who do not see the picture. */
  readonly label: string
  readonly style: string
  /** The style on a dark page. */
  readonly dark: string
  readonly body: string
}

/** Renders a picture that is readable on a light and on a dark page. */
export const svg = ({ width, height, label, style, dark, body }: Picture): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(label)}">
<style>${style}@media (prefers-color-scheme:dark){${dark}}</style>
${body}
</svg>
`
