import uPlotScript from 'uplot/dist/uPlot.iife.min.js?raw';
import uPlotCss from 'uplot/dist/uPlot.min.css?raw';
import pageCss from './page.css?raw';
import pageScript from './page.js?raw';

/** The page's own style and script, and uPlot, as text to be put into the page. */
export interface Assets {
  css: string;
  script: string;
}

/** Part of the bundle, so that an installed package needs neither its sources nor uPlot. */
export const pageAssets: Assets = {
  css: `${uPlotCss}\n${pageCss}`,
  script: `${uPlotScript}\n${pageScript}`,
};
