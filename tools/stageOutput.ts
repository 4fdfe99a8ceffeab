/**
 * What stages that run side by side print: one of them is shown as it prints, every other in one piece when it has
 * ended, or from where it is when its turn to be shown comes.
 */
export class StageOutput {
  readonly #waiting: Pane[] = [];
  #shown: Pane | undefined;

  constructor(private readonly write: (text: string) => void) {}

  /** A place to print to. The first that is open is the one that is shown. */
  open(): Pane {
    const pane = new Pane(this.write, () => this.#close(pane));
    if (this.#shown === undefined) this.#show(pane);
    else this.#waiting.push(pane);
    return pane;
  }

  #close(pane: Pane): void {
    pane.show();
    if (this.#shown !== pane) {
      this.#waiting.splice(this.#waiting.indexOf(pane), 1);
      return;
    }
    this.#shown = undefined;
    const next = this.#waiting.shift();
    if (next) this.#show(next);
  }

  #show(pane: Pane): void {
    this.#shown = pane;
    pane.show();
  }
}

class Pane {
  #kept = "";
  #isShown = false;

  constructor(
    private readonly output: (text: string) => void,
    /** Shows what is kept, and gives the turn to be shown to another. */
    readonly close: () => void,
  ) {}

  print(text: string): void {
    if (this.#isShown) this.output(text);
    else this.#kept += text;
  }

  show(): void {
    this.#isShown = true;
    if (this.#kept !== "") this.output(this.#kept);
    this.#kept = "";
  }
}

export type { Pane };
