// The particle under the pointer: looked for on the device, one search at a time, the last place wins.
import { GpuLostError } from '../../gpu/errors.ts';
import type { Session } from '../session.ts';
import type { Picked } from './cloud-painter.ts';

/** CSS pixels around the pointer in which a particle is looked for. */
const REACH = 14;
/** Milliseconds between two searches while the cloud moves under a resting pointer. */
const AGAIN_MS = 250;

/** A place to look at, CSS pixels. */
export interface Place {
  readonly at: readonly [number, number];
  readonly reach: number;
}

/** Finds particles for a view. */
export class Finder {
  found: Picked | null = null;
  private place: Place | null = null;
  private isSearching = false;
  private searchedAt = 0;

  /**
   * @param search looks for a particle, in the order of the session
   * @param show told when something else was found
   */
  constructor(
    private readonly session: Session,
    private readonly search: (place: Place) => Promise<Picked | null>,
    private readonly show: (found: Picked | null) => void,
  ) {}

  /** The pointer rests at a place; null: it has left. */
  point(at: readonly [number, number] | null, reach = REACH): void {
    this.place = at === null ? null : { at, reach };
    if (at !== null) this.begin();
    else if (this.found !== null) this.set(null);
  }

  /** The cloud has moved. */
  again(): void {
    if (performance.now() - this.searchedAt > AGAIN_MS) this.begin();
  }

  private begin(): void {
    if (this.isSearching || this.place === null) return;
    this.isSearching = true;
    void this.run().finally(() => (this.isSearching = false));
  }

  private async run(): Promise<void> {
    let searched: Place | null = null;
    while (this.place !== null && this.place !== searched) {
      const place: Place = this.place;
      searched = place;
      const found = await inOrder(this.session, () => this.search(place));
      this.searchedAt = performance.now();
      if (this.place !== null) this.set(found ?? null);
    }
  }

  private set(found: Picked | null): void {
    this.found = found;
    this.show(found);
  }
}

/** Work between the frames of a session; a lost device is the matter of the session, and gives undefined here. */
export async function inOrder<T>(session: Session, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await session.inOrder(work);
  } catch (error) {
    if (!(error instanceof GpuLostError)) throw error;
    return undefined;
  }
}
