import { expect, it } from "vitest";
import { StageOutput } from "../../tools/stageOutput";

it("shows one stage as it prints, and another in one piece at its end or from where it is when the first ends", () => {
  let text = "";
  const output = new StageOutput((part) => {
    text += part;
  });
  const [unit, faults, cluster] = [output.open(), output.open(), output.open()];
  unit.print("unit 1 ");
  faults.print("faults 1 ");
  cluster.print("cluster 1 ");
  faults.print("faults 2 ");
  expect(text).toBe("unit 1 ");
  faults.close();
  expect(text).toBe("unit 1 faults 1 faults 2 ");
  unit.print("unit 2 ");
  unit.close();
  cluster.print("cluster 2 ");
  expect(text).toBe("unit 1 faults 1 faults 2 unit 2 cluster 1 cluster 2 ");
  cluster.close();
  output.open().print("next");
  expect(text).toBe("unit 1 faults 1 faults 2 unit 2 cluster 1 cluster 2 next");
});
