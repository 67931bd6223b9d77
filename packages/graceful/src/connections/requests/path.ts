/**
 * Returns the target of a request for logs and reports, without its parts that can contain secrets. These are user name and password
 * (`http://user:password@host/`, or `CONNECT user:password@host:443`), the parameters of each segment (`;jsessionid=…`), the query and
 * the fragment. Percent-encoded delimiters count, too, because some servers decode them first.
 *
 * @example pathWithoutSecrets('/board;jsessionid=1F/notices?token=x') // '/board/notices'
 */
export function pathWithoutSecrets(target: string): string {
  // First, because a password can contain a delimiter that is not encoded.
  const url = withoutUserInfo(target)
  const end = url.search(/[?#]|%3f|%23/i)
  return (end === -1 ? url : url.slice(0, end))
    .split('/')
    .map((segment) => segment.split(/;|%3b/i, 1)[0]!)
    .join('/')
}

/** Removes everything before the last `@` of an authority: after `//`, and at the start of a target without a slash (CONNECT). */
const withoutUserInfo = (target: string): string => target.replaceAll(/\/\/[^/]*@/g, '//').replace(/^[^/]*@/, '')
