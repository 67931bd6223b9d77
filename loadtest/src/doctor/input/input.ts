import type { KubeObject, Place, SourceDocument } from '../model/kube-object.js'

/** One file, or one rendered kustomization. */
export interface Input {
  readonly name: string
  readonly objects: readonly KubeObject[]
  readonly documents: readonly SourceDocument[]
  readonly rendered: boolean
}

/** A file or a folder that could not be read, so that its objects were not checked. */
export interface NotRead extends Pick<Place, 'file' | 'line'> {
  /** The end of a sentence that begins with the name of the file, as in `does not exist`. */
  readonly reason: string
}

export interface Inputs {
  readonly inputs: readonly Input[]
  readonly notRead: readonly NotRead[]
  /** Files of a folder that are no manifests, with the reason. */
  readonly skipped: readonly string[]
}

/** An input cannot be read. The message is a reason as that of `NotRead`. */
export class Unreadable extends Error {
  override readonly name: string = 'Unreadable'
  /** 0: not known. */
  readonly line: number

  constructor(reason: string, line: number = 0) {
    super(reason)
    this.line = line
  }
}

/** @example sentenceOf({ file: 'k8s/shop.yaml', line: 3, reason: 'is not YAML' }) // 'k8s/shop.yaml:3 is not YAML' */
export const sentenceOf = ({ file, line, reason }: NotRead): string =>
  `${line === 0 ? file : `${file}:${line}`} ${reason}`
