import { reasonOf, UsageError } from '../../base/errors.js'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { Fields } from './fields.js'
import type { Profile, ReadPath } from './profile.js'
import { readServerLogFormat } from './server-log-format.js'

/** What the file is called, and where it is looked for: in the folder that a command is given in. */
export const PROFILE_FILE = 'zero-drop.yaml'

/**
 * Reads a profile from a YAML file: what a service other than ours offers to be loaded with.
 *
 * @throws {UsageError} one sentence that names the file, the field, what it holds and what it should
 * @example
 * name: shop
 * podHeader: X-Pod
 * paths:
 *   read: { path: /health }
 *   slow: { path: '/delay/{ms}', ms: [200, 3000] }
 */
export const readProfile = (file: string): Profile => parseProfile(load(file), file)

/**
 * The same for the text of such a file; `file` is what errors call it.
 *
 * @throws {UsageError}
 */
export function parseProfile(text: string, file: string): Profile {
  const top = new Fields(file, '', parseYaml(text, file))
  const id = top.optional('requestId')
  const paths = top.required('paths')
  const log = top.optional('serverLog')
  const profile: Profile = {
    name: top.text('name', 'the service'),
    requestId: {
      header: id?.text('header', 'X-Request-Id') ?? 'X-Request-Id',
      echoed: id?.flag('echoed', true) ?? false,
    },
    unpromisedIdleMs: top.number('unpromisedIdleMs', 1_000),
    ...(top.flag('http2', false) ? { http2: true } : {}),
    paths: pathsOf(paths),
    ...header(top, 'podHeader'),
    ...header(top, 'versionHeader'),
    ...(log ? { serverLog: readServerLogFormat(log) } : {}),
  }
  for (const fields of [top, id, paths]) fields?.rejectUnread()
  return profile
}

function load(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw unreadable(file, 'cannot be read', error)
  }
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text) as unknown
  } catch (error) {
    throw unreadable(file, 'cannot be read as YAML', error)
  }
}

const unreadable = (file: string, how: string, error: unknown): UsageError => {
  const reason = reasonOf(error).split('\n')[0]
  return new UsageError(`${file} ${how}: ${reason}`, { cause: error })
}

function pathsOf(paths: Fields): Profile['paths'] {
  const [read, slow, stream] = [paths.required('read'), paths.optional('slow'), paths.optional('stream')]
  const [upload, create, events] = [paths.optional('upload'), paths.optional('create'), paths.optional('events')]
  const websocket = paths.optional('websocket')
  const found: Profile['paths'] = {
    read: { path: read.path('path'), ...answerOf(read) },
    ...(slow && {
      slow: {
        path: slow.path('path', '{ms}'),
        ...answerOf(slow),
        ms: slow.range('ms', { min: 200, max: 3_000 }),
      },
    }),
    ...(stream && {
      stream: {
        path: stream.path('path', '{chunks}'),
        status: stream.number('status', 200),
        chunks: stream.range('chunks', { min: 10, max: 60 }),
        every: stream.number('every', 100),
        lastLine: stream.text('lastLine'),
      },
    }),
    ...(upload && {
      upload: {
        path: upload.path('path'),
        status: upload.number('status', 200),
        bytes: upload.range('bytes', { min: 1_000, max: 65_536 }),
        slowMs: upload.range('slowMs', { min: 500, max: 3_000 }),
        sha256Field: upload.text('sha256Field', 'sha256'),
      },
    }),
    ...(create && {
      create: {
        path: create.path('path'),
        status: create.number('status', 201),
        body: create.text('body'),
        idField: create.text('idField', 'id'),
      },
    }),
    ...(events && {
      events: {
        path: events.path('path'),
        status: events.number('status', 200),
        count: events.range('count', { min: 10, max: 60 }),
        every: events.number('every', 100),
        numbered: events.flag('numbered', true),
      },
    }),
    ...(websocket && {
      websocket: {
        path: websocket.path('path'),
        message: websocket.text('message', '{id}'),
        echo: websocket.flag('echo', false),
        openMs: websocket.range('openMs', { min: 2_000, max: 20_000 }),
        ...subprotocolOf(websocket),
      },
    }),
  }
  for (const fields of [read, slow, stream, upload, create, events, websocket]) fields?.rejectUnread()
  return found
}

/** What a GET is answered with. */
function answerOf(path: Fields): Pick<ReadPath, 'status' | 'json' | 'contains'> {
  const [status, json, contains] = [path.number('status', 200), path.flag('json', false), path.text('contains', '')]
  return { status, json, ...(contains === '' ? {} : { contains }) }
}

const subprotocolOf = (websocket: Fields): { subprotocol?: string } => {
  const subprotocol = websocket.text('subprotocol', '')
  return subprotocol === '' ? {} : { subprotocol }
}

const header = <Name extends string>(top: Fields, name: Name): { [Key in Name]?: string } => {
  const value = top.text(name, '').toLowerCase()
  return value === '' ? {} : ({ [name]: value } as { [Key in Name]: string })
}
