type Cells = Uint8Array | Uint16Array | Uint32Array

/** One number for each attempt, by its index; 0 if none was set. Grows by doubling a typed array. */
export class Column<Kind extends Cells> {
  readonly #make: (length: number) => Kind
  #cells: Kind

  constructor(make: (length: number) => Kind) {
    this.#make = make
    this.#cells = make(FIRST)
  }

  get(index: number): number {
    return this.#cells[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.#cells.length) {
      const grown = this.#make(2 ** Math.ceil(Math.log2(index + 1)))
      grown.set(this.#cells)
      this.#cells = grown
    }
    this.#cells[index] = value
  }
}

const FIRST = 1_024

export const uint8Column = (): Column<Uint8Array> => new Column((length) => new Uint8Array(length))
export const uint16Column = (): Column<Uint16Array> => new Column((length) => new Uint16Array(length))
export const uint32Column = (): Column<Uint32Array> => new Column((length) => new Uint32Array(length))
