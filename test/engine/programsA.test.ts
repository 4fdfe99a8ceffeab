import { describeLives } from "./lives";

describeLives(1, 2);
