/** What does not arrive is fetched again after pauses that grow: megabytes cost money. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DamagedError, Retry } from "../src/device/retry";
import { AwayError } from "../src/request";

const MINUTE_MS = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function minutes(error: unknown, times: number): number[] {
  const again = vi.fn();
  const retry = new Retry(again);
  return Array.from({ length: times }, (_, at) => {
    retry.after(error);
    const before = Date.now();
    while (again.mock.calls.length <= at) vi.advanceTimersByTime(MINUTE_MS);
    return (Date.now() - before) / MINUTE_MS;
  });
}

it.each([
  ["a network that is away", new AwayError("no"), [1, 2, 4, 5, 5]],
  ["a file that arrives damaged", new DamagedError("no"), [1, 2, 4, 8, 16, 32, 60, 60]],
  ["a full phone", new DOMException("full", "QuotaExceededError"), [1, 2, 4, 8, 16, 32, 60, 60]],
])("waits longer each time for %s", (_about, error, expected) => {
  expect(minutes(error, expected.length)).toEqual(expected);
});

it("has one timer, however often it fails", () => {
  const retry = new Retry(() => {});
  for (let times = 0; times < 5; times++) retry.after(new AwayError("no"));
  expect(vi.getTimerCount()).toBe(1);
  retry.reset();
  expect(vi.getTimerCount()).toBe(0);
});

it("does not begin anew with every network where that would not help", () => {
  const retry = new Retry(() => {});
  retry.after(new AwayError("no"));
  expect(retry.isBarred).toBe(false);
  retry.after(new DamagedError("no"));
  expect(retry.isBarred).toBe(true);
  vi.advanceTimersByTime(2 * MINUTE_MS);
  expect(retry.isBarred).toBe(false);
  retry.after(new DamagedError("no"));
  retry.reset();
  expect(retry.isBarred).toBe(false);
});
