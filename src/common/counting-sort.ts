/** The indices of numbers below `most` in the numbers' order, and where those of each number start. */
export function countingSort(
  numbers: Uint32Array,
  most: number,
): { order: Uint32Array<ArrayBuffer>; starts: Uint32Array<ArrayBuffer> } {
  const starts = new Uint32Array(most + 1);
  for (const number of numbers) starts[number + 1]++;
  for (let number = 1; number < starts.length; number++) starts[number] += starts[number - 1];
  const order = new Uint32Array(numbers.length);
  const next = starts.slice();
  for (let i = 0; i < numbers.length; i++) order[next[numbers[i]]++] = i;
  return { order, starts };
}
