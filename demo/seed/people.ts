import type { UserFields } from '../../services/users/user-rows.js';

/** A demonstration author. */
export interface Person {
  username: string;
  name: string;
  chinese: boolean;
  profile: NonNullable<UserFields['profile']>;
}

const english: [name: string, bio: string, location: string][] = [
  ['Ada Whitlock', 'Builds slow things carefully. Bread on Sundays.', 'Bristol'],
  ['Tomás Ferreira', 'Databases by day, night trains whenever possible.', 'Lisbon'],
  ['Ingrid Solberg', 'I write to find out what I think.', 'Bergen'],
  ['Samuel Okafor', 'Teacher, tinkerer, collector of good questions.', 'Lagos'],
  ['Maya Lindqvist', 'Type systems and winter swimming.', 'Gothenburg'],
  ['Jonah Reyes', 'Mostly notes to my future self.', 'Oaxaca'],
  ['Clara Novak', 'Explains things twice, the second time well.', 'Brno'],
  ['Priya Raman', 'Measures first. Has opinions about time zones.', 'Chennai'],
  ['Oliver Grant', 'Gardener of a very small balcony.', 'Leeds'],
  ['Yuki Tanabe', 'Half of what I publish is deleted again.', 'Kyoto'],
];
const chinese: [name: string, username: string, bio: string, location: string][] = [
  ['林知夏', 'zhixia', '写代码，也写信。', '杭州'],
  ['陈叙', 'chenxu', '后端工程师，业余厨师，火候都还在练。', '成都'],
  ['苏晚晴', 'wanqing', '慢慢读，慢慢写。', '苏州'],
  ['周一帆', 'yifan', '先量再改，改完再量。', '深圳'],
  ['许青禾', 'qinghe', '阳台上种葱的人。', '昆明'],
  ['何以安', 'yian', '相信好问题胜过好答案。', '北京'],
  ['沈星河', 'xinghe', '教程写得比说明书长一点点。', '西安'],
  ['顾南乔', 'nanqiao', '坐夜班火车去看海。', '厦门'],
  ['陆明远', 'mingyuan', '把复杂的事讲简单，把简单的事做完。', '武汉'],
  ['宋小满', 'xiaoman', '和一只借来的猫一起生活。', '广州'],
];

export const PEOPLE: readonly Person[] = [
  ...english.map(([name, bio, location]): Person => {
    const [firstName = '', lastName = ''] = name.split(' ');
    return {
      username: plainLetters(`${firstName}_${lastName}`).toLowerCase(),
      name,
      chinese: false,
      profile: { firstName, lastName, bio, location, website: null },
    };
  }),
  ...chinese.map(([name, username, bio, location]): Person => ({
    username,
    name,
    chinese: true,
    profile: { firstName: null, lastName: null, bio, location, website: null },
  })),
];

/** Where mail to these people would go: a reserved domain (RFC 2606 section 3). */
export const addressOf = ({ username }: Person): string => `${username}@demo.example.org`;

function plainLetters(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '');
}
