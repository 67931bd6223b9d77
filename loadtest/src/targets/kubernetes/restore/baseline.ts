import { UsageError } from '../../../base/errors.js'
import { putBack, templateOf, type Made, type Origin } from './restore.js'
import { sameTemplate } from '../workload/templates.js'

/**
 * What a workload was before the first of several rollouts, and what they have made of it since: the way back goes to what was
 * found, and not to where the last of them began.
 */
export class Home {
  #origin: Origin | undefined
  #made: Made[] = []

  /**
   * The first one counts.
   *
   * @throws {UsageError} it is not as the rollout before has left it. What somebody else has rolled out meanwhile is neither
   * rolled back nor taken for ours.
   */
  found(origin: Origin): void {
    const last = this.#made.at(-1)
    const { kind, namespace, original } = origin
    if (last && !sameTemplate(original.spec.template, templateOf(last))) {
      const { name } = original.metadata
      throw new UsageError(
        `${kind.name} ${name} was changed by somebody else between two rollouts: see 'kubectl rollout history -n ${namespace} ${kind.word}/${name}', and start again when it rests`,
      )
    }
    this.#origin ??= origin
  }

  /** A change was sent, whatever came of it. */
  left(made: Made): void {
    this.#made.push(made)
  }

  /** Has the workload as it was found, or says in one sentence what is left to do. Never throws. */
  async goBack(): Promise<string | undefined> {
    if (this.#origin === undefined || this.#made.length === 0) return undefined
    const leftover = await putBack({ ...this.#origin, made: this.#made })
    // Who asks once more tries once more, and is told the same as long as it is true.
    if (leftover === undefined) this.#made = []
    return leftover
  }
}
