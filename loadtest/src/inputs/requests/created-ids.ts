/** The ids of the things that the POSTs of one run have created. An id that comes twice is the answer to another request. */
export class CreatedIds {
  readonly #ids = new Set<string>()

  /** Records an id, and returns whether it is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    return true
  }
}
