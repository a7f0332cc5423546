/** Reading many small records of which some may be damaged: the others are still worth having. */
import { TallymanError } from "../../model/error.ts";

export interface Readable<Item> {
  readonly found: readonly Item[];
  readonly damage: readonly TallymanError[];
}

/** What `read` throws of ours is damage; undefined is passed over. */
export async function readEach<Item>(
  paths: readonly string[],
  read: (path: string) => Promise<Item | undefined>,
): Promise<Readable<Item>> {
  const found: Item[] = [];
  const damage: TallymanError[] = [];
  for (const path of paths) {
    try {
      const item = await read(path);
      if (item !== undefined) found.push(item);
    } catch (error) {
      if (!(error instanceof TallymanError)) throw error;
      damage.push(error);
    }
  }
  return { found, damage };
}
