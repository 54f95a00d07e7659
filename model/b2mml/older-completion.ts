import type { Issue } from '../errors';
import { below } from '../explain';
import type { Node } from './members';
import { completions, identitySources, wholeAsSegment } from './older-names';
import type { Release } from './tables';
import type { Complete } from './translator';

/** Fills in what the model requires, and says so. */
export function completing(target: Release, notes: Issue[]): Complete {
  const complete: Complete = (objects, type, paths, inherited) => {
    const shape = target.shape(type);
    const taken = new Set(objects.map(({ id }) => id));
    objects.forEach((object, index) => {
      const path = paths[index] ?? '';
      const missing = shape.required
        .map((each) => shape.children[each]!.property)
        .filter((each) => object[each] === undefined);
      const set = (property: string, value: unknown, message: string) => {
        object[property] = value;
        notes.push({ rule: 'completed', path: below(path, property), message, value });
      };
      if (missing.includes('id'))
        set('id', identityFor(object, placeIn(path) ?? index, taken), 'the model requires an ID');
      for (const property of missing) {
        const sources = completions[type]?.[property];
        if (sources !== undefined)
          set(property, firstText(object, inherited, sources), 'the model requires it');
      }
      const segments = wholeAsSegment[type];
      if (segments === undefined || !missing.includes(segments)) return;
      const whole = { id: object.id };
      set(segments, [whole], 'the model requires a segment: the whole stands for it');
      const segmentType = shape.children.find(({ property }) => property === segments)?.type ?? '';
      complete([whole], segmentType, [below(below(path, segments), 0)], { ...inherited, ...object });
    });
  };
  return complete;
}

/** The place in its list that a path ends with. */
function placeIn(path: string): number | undefined {
  const place = /\[(\d+)\]$/.exec(path)?.[1];
  return place === undefined ? undefined : Number(place);
}

function firstText(object: Node, inherited: Node, sources: readonly string[]): string {
  for (const source of sources) {
    const value = source.startsWith('^') ? inherited[source.slice(1)] : object[source];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

/** An identifier from what the object says, told apart from those of its neighbours by a number. */
function identityFor(object: Node, index: number, taken: Set<unknown>): string {
  const named = identitySources
    .map((source) => (Array.isArray(object[source]) ? (object[source] as unknown[])[0] : object[source]))
    .map((value) => (typeof value === 'object' && value !== null ? (value as Node).id : value))
    .find((value): value is string => typeof value === 'string' && value !== '');
  const stem = named ?? String(index + 1);
  let id = stem;
  for (let count = 2; taken.has(id); count++) id = `${stem}-${count}`;
  taken.add(id);
  return id;
}
