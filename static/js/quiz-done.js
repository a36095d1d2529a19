/* After submission nothing of the quiz stays on the device. */

import { Keeper } from "./answers.js";

const { done, owner } = document.querySelector("[data-done]").dataset;
new Keeper({ owner, tell() {} }).forget(done);
