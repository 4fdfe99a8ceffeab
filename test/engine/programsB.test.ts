import { describeLives } from "./lives";

describeLives(2, 2);
