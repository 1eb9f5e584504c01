import { rulesEn, type RuleId, type RuleText } from './doctor-en.js';
import { rulesZhCn } from './doctor-zh-cn.js';
import type { Locale } from './index.js';

export type { RuleId };

export const isRuleId = (id: string): id is RuleId => Object.hasOwn(rulesEn, id);

interface DoctorText {
  rules: Record<RuleId, RuleText>;
  words: {
    must: string;
    should: string;
    found: string;
    remedy: string;
    /** What was checked. */
    running: string;
    notRunning: string;
    summary: (rules: number, musts: number, shoulds: number) => string;
  };
  /** Printed before the rules because of which a start is refused, or that the log warns of. */
  refused: string;
}

/** What the doctor says. */
export const doctorIn: Record<Locale, DoctorText> = {
  en: {
    rules: rulesEn,
    words: {
      must: 'must  ',
      should: 'should',
      found: 'found',
      remedy: 'remedy',
      running: 'Checked the running server.',
      notRunning: 'No server is running here: checked the settings of this shell.',
      summary: (rules, musts, shoulds) =>
        musts + shoulds === 0
          ? `All ${rules} rules are met.`
          : `${rules} rules: ${musts} required and ${shoulds} recommended ones are not met.`,
    },
    refused: 'This installation is not safe to run in production (run npm run allium -- doctor for details):',
  },
  'zh-CN': {
    rules: rulesZhCn,
    words: {
      must: '必须',
      should: '建议',
      found: '现状',
      remedy: '处理',
      running: '已检查正在运行的服务器。',
      notRunning: '此处没有正在运行的服务器：检查的是当前 shell 的设置。',
      summary: (rules, musts, shoulds) =>
        musts + shoulds === 0
          ? `全部 ${rules} 条规则均已满足。`
          : `共 ${rules} 条规则；必须满足而未满足的 ${musts} 条，建议满足而未满足的 ${shoulds} 条。`,
    },
    refused: '此安装在生产环境中运行并不安全（npm run allium -- doctor 会说明详情）：',
  },
};
