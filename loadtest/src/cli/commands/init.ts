import { existsSync, writeFileSync } from 'node:fs'
import { reasonOf, UsageError } from '../../base/errors.js'
import { EXIT, type ExitStatus } from '../../base/exit-status.js'
import { parseProfile, PROFILE_FILE } from '../../inputs/profile/read-profile.js'
import { PATH_NAMES, profileTemplate, type PathName } from '../../inputs/profile/template.js'
import type { CommandDefinition } from '../flags/command.js'
import type { Flag, FlagGroup } from '../flags/flag.js'
import { text } from '../flags/values.js'
import { fromHere } from '../settings/paths.js'

type InitValues = { readonly name?: string; readonly http2?: boolean; readonly force?: boolean } & PathValues
type PathValues = { readonly [K in PathName]?: string }

const path = (help: string): Flag<string> => ({ value: 'PATH', help, parse: text })

const SERVICE: FlagGroup<Omit<InitValues, 'force'>> = {
  heading: 'Service',
  flags: {
    name: { value: 'NAME', help: 'name of the service in reports', defaultText: 'the service', parse: text },
    http2: { help: 'the service speaks HTTP/2 at the same URL, in clear text when the URL is http' },
    read: { ...path('answers a cheap GET'), defaultText: '/' },
    slow: path('answers after {ms} ms, as in /delay/{ms}'),
    stream: path('sends {chunks} lines, as in /lines?n={chunks}'),
    upload: path('answers a POST with the SHA-256 of its body'),
    create: path('answers a POST of JSON with the id of the object that it created'),
    events: path('sends server-sent events, as in /events or /events?count={count}'),
    websocket: path('a WebSocket that answers each message with the id of the message'),
  },
}

const FILE: FlagGroup<Pick<InitValues, 'force'>> = {
  heading: 'File',
  flags: { force: { help: 'overwrite an existing zero-drop.yaml' } },
}

/** `zero-drop init`: writes a commented `zero-drop.yaml` into the current folder. */
export const initCommand: CommandDefinition<InitValues> = {
  name: 'init',
  summary: 'write a zero-drop.yaml that describes the requests of another service',
  help: {
    description:
      'Writes a commented zero-drop.yaml into the current folder. It describes the requests that a service answers.',
    sections: [
      {
        heading: 'Examples',
        lines: ['zero-drop init', "zero-drop init --name shop --read /health --slow '/delay/{ms}'"],
      },
    ],
  },
  flags: [SERVICE, FILE],
  run: async ({ values: { name, http2 = false, force = false, ...values } }) => {
    const paths = Object.fromEntries(
      PATH_NAMES.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])),
    )
    const profile = profileTemplate({ ...(name === undefined ? {} : { name }), http2, paths })
    // `prove` must be able to read the file.
    parseProfile(profile, PROFILE_FILE)
    return write(fromHere(PROFILE_FILE), profile, force)
  },
}

/** @throws {UsageError} the file exists, or cannot be written */
function write(file: string, profile: string, force: boolean): ExitStatus {
  if (existsSync(file) && !force) {
    throw new UsageError(`${file} already exists: overwrite it with --force, or move it away`)
  }
  try {
    writeFileSync(file, profile)
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${reasonOf(error)}; choose a folder that you can write to`, {
      cause: error,
    })
  }
  process.stdout.write(`Wrote ${file}. Describe the service in it, then run: zero-drop prove\n`)
  return EXIT.proven
}
