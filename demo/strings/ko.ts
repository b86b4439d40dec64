/** The lesson in Korean: what stands in each element, by a selector; a list where several elements match, in their order. */
import type { Phrases } from "./en.ts";

const legend = (parts: string) => `<span class="legend">${parts}</span>`;
const estimate = '<span class="key estimate">추정</span>';
const truth = '<span class="key truth">참 함수</span>';
const dots = '<span class="key dots">데이터</span>';
const three = legend(`${estimate}${truth}${dots}`);
const species = legend(
  '<span class="key class0">아델리</span><span class="key class1">턱끈</span><span class="key class2">젠투</span>',
);

export const phrases: Phrases = {
  computedOnGpu: (adapter) =>
    `이 페이지의 모든 숫자는 방금 ${adapter}의 컴퓨트 셰이더가 계산했으며, 끌어 움직이는 동안 다시 계산됩니다.`,
  computedOnCpu:
    "이 페이지의 모든 숫자는 방금 CPU에서 float64로 계산했으며, 끌어 움직이는 동안 다시 계산됩니다.",
  onGpu: "WebGPU 컴퓨트 셰이더",
  onCpu: "CPU에서 float64로 계산",
  play: "재생",
  pause: "멈춤",
};

export const title = "유사도에 의한 어텐션: GPU에서 계산하는 커널 회귀 · nadaraya";

/** Texts with elements in them. */
export const texts: Readonly<Record<string, string | readonly string[]>> = {
  ".skip": "첫 그림으로 건너뛰기",
  "nav.pages a": ["내 표 탐색하기", "내 GPU 측정하기", "문서", "설치", "English"],
  h1: "유사도에 의한 <em>어텐션</em>",
  ".hero p:not(.row)": [
    "몇 개의 점 <b>키</b>와 그곳에서 일어난 일 <b>값</b>을 보았습니다. 새로운 점 <b>쿼리</b>에서는 무엇을 기대해야 할까요? 간단한 답: 값들을 평균하되, 쿼리와 비슷한 키일수록 더 크게 셉니다.",
    '통계학자들은 1964년부터 이것을 나다라야–왓슨 추정량이라고 부릅니다. 분수는 <b>어텐션 가중치</b>입니다. 트랜스포머는 유사도 α만 바꾸어 같은 식을 씁니다. <span id="computed">이 페이지의 모든 숫자는 방금 그래픽 카드의 컴퓨트 셰이더가 계산했으며, 끌어 움직이는 동안 다시 계산됩니다.</span>',
  ],
  "#hero figcaption": `<strong>쿼리를 움직여 보세요.</strong> 키가 클수록 가중치가 큽니다. 고리가 추정값입니다. ${legend('<span class="key truth">참 함수</span>')}`,
  "#redraw": "다시 뽑기",
  "#h-kernels": "네 가지 커널",
  "#kernels figcaption":
    "<strong>커널.</strong> 쿼리에서 떨어진 거리 <i>u</i>(대역폭 단위)에 따른 키의 가중치 α.",
  "[aria-labelledby=h-kernels] > p:not(.row)":
    "<b>커널</b>은 어떤 거리에 있는 키의 가중치를 정합니다. 가우스 커널은 매끄럽게 줄어들며 0이 되지 않습니다. 상자 커널과 삼각 커널은 한 대역폭에서 끝나고, 상수 커널은 거리를 무시합니다.",
  "#h-data": "연습용 데이터",
  "#data figcaption": `<strong>잡음이 섞인 알려진 함수.</strong> <i>y</i> = 2 sin <i>x</i> + <i>x</i> + 잡음, 0과 5 사이의 무작위 위치. ${legend(`${truth}${dots}`)}`,
  "[aria-labelledby=h-data] > p:not(.row)":
    "여기서는 참 함수를 알고 있으므로 모든 추정을 쿼리 0, 0.1, … 4.9에서 참 함수와 비교할 수 있습니다. 위의 막대에서 키의 수, 잡음, 시드를 바꿀 수 있습니다.",
  "#h-estimates": "커널마다 하나의 추정",
  "#estimates figcaption": `<strong>추정.</strong> 오차는 참 함수에서 떨어진 전형적인 거리입니다. ${three}`,
  "[aria-labelledby=h-estimates] > p:not(.row)":
    "분산을 같게 하면 네 추정 가운데 셋이 거의 일치합니다. 커널의 모양은 별로 중요하지 않습니다. σ를 같게 하면 그렇지 않은데, σ의 삼각형은 σ의 가우스보다 훨씬 좁기 때문입니다. 오차를 비교해 보세요. 상수 커널은 어디서나 모든 값의 평균을 예측합니다.",
  "#h-weights": "어텐션 가중치",
  "#weights figcaption":
    "<strong>쿼리와 키.</strong> 각 행은 쿼리이고 가중치의 합은 1입니다. 각 열은 순서대로 놓인 키입니다. 칸을 가리키거나 화살표 키로 읽을 수 있습니다.",
  "[aria-labelledby=h-weights] > p:not(.row)":
    "쿼리는 가장 가까운 키에 주목하므로 가중치는 대각선을 따라 놓입니다. 가장자리가 있는 커널은 그 밖에서 가중치가 없습니다. 닿는 키가 없으면 추정도 없고 선이 끊깁니다. σ를 작게 해 보세요.",
  "#h-stages": "방금 GPU가 한 일",
  "#stages figcaption":
    "<strong>세 개의 셰이더.</strong> 식을 한 단계씩 밟아 보세요. 그 단계를 맡은 셰이더가 이 어댑터에서 걸린 시간, 버퍼, 코드와 함께 표시됩니다.",
  "[aria-labelledby=h-stages] > p:not(.row)":
    "가중치 행렬은 요청하지 않는 한 저장되지 않습니다. 스레드 하나가 쿼리 몇 개를 들고 키를 타일 단위로 읽으며 그 가중치를 더해 갑니다. 그래서 백만 키와 백만 쿼리에도 합 백만 개만큼의 메모리면 됩니다.",
  "#h-bandwidths": "대역폭 고르기",
  "#bandwidths figcaption": `<strong>네 가지 대역폭.</strong> σ = 0.1, 0.2, 0.5, 1인 가우스 커널. ${three}`,
  "#bandwidth-weights figcaption":
    "<strong>그 어텐션 가중치.</strong> 대역폭이 좁을수록 대각선이 뚜렷합니다.",
  "[aria-labelledby=h-bandwidths] > h3": ["아무 대역폭, 아무 커널", "대역폭 학습하기"],
  "#any-estimate figcaption": "<strong>당신의 추정.</strong>",
  "#any-weights figcaption": "<strong>그 어텐션 가중치.</strong>",
  "#learn figcaption": `<strong>대역폭에 대한 경사 하강.</strong> 둘 다 σ = 1.5에서 시작합니다. 왼쪽: 하나씩 빼고 예측한 오차. 오른쪽: 각 점이 자기 예측에 들어가는 훈련 오차로, σ를 0으로 몰아갑니다. ${three}`,
  "[aria-labelledby=h-bandwidths] > p:not(.row)": [
    "대역폭이 좁으면 추정은 몇 개의 키만 평균하여 잡음을 따라갑니다. 분산이 큽니다. 넓으면 많은 키를 평균하여 곡선이 납작해집니다. 편향이 큽니다. 숫자 하나가 그 균형을 정합니다.",
    "대역폭에 대한 오차의 미분도 또 하나의 가중 합이므로, GPU는 신경망이 가중치를 배우듯 대역폭을 배울 수 있습니다. 오른쪽에서는 각 점이 자신을 예측합니다. σ가 줄어 곡선이 모든 점을 지나고 훈련 오차는 거의 0이 되지만 실제 오차는 커집니다. <b>하나씩 빼기</b>가 이를 막습니다.",
    '언제나 그런 것은 아닙니다. 점 마흔 개는 적습니다. <button type="button" data-seed="7">다른 표본</button>에서는 몇몇 이웃이 우연히 일치하여, 하나씩 뺀 오차가 너무 작은 σ에서 가장 작고 곡선이 그 점들을 따라갑니다. 키가 많아지면 드물어집니다. <button type="button" data-seed="6">첫 표본으로</button>',
  ],
  "#h-real": "실제 데이터",
  "#motorcycle figcaption": `<strong>오토바이 충돌 시험.</strong> 충돌 뒤 헬멧을 쓴 머리의 가속도. 데이터: Schmidt, Mattern, Schüler 1981, Silverman 1985에 수록. 띠는 양쪽으로 표준 오차의 두 배입니다. ${legend(`${estimate}<span class="key dots">측정 133개</span>`)}`,
  "[aria-labelledby=h-real] > p:not(.row)": [
    "여기서는 참 함수를 모릅니다. 하나의 σ가 평평한 시작, 충돌, 반동에 모두 맞아야 합니다. 좋은 값을 찾아보세요.",
    "하나씩 빼지 않으면 모든 측정이 자신을 예측하므로 언제나 가장 좁은 대역폭이 이깁니다. 추정에 쓰지 않은 데이터를 예측하는 것을 <b>교차 검증</b>이라고 합니다.",
    "좌표마다 대역폭을 두면 교차 검증은 두 번째 대역폭을 아주 크게 하여 두 번째 좌표가 더는 영향을 주지 않게 합니다.",
  ],
  "[aria-labelledby=h-real] > h3": ["교차 검증으로 고르기", "좌표마다 하나의 대역폭"],
  "#choose figcaption":
    "<strong>하나씩 뺀 오차.</strong> 대역폭마다 각 측정을 나머지 모두로 추정합니다. 전형적인 오차는 붉은 선에서 가장 작습니다. 점선은 위의 σ입니다.",
  "#take-best": "가장 좋은 대역폭 쓰기",
  "#coordinates figcaption":
    "<strong>한 좌표만 중요합니다.</strong> <i>x</i>₂가 무엇이든 <i>y</i> = sin 8<i>x</i>₁ + 잡음. 왼쪽은 두 좌표에 공통인 가장 좋은 대역폭, 오른쪽은 각각의 가장 좋은 대역폭. 점과 같이 붉은색은 높고 푸른색은 낮습니다.",
  "#h-classes": "분류",
  "#penguins figcaption": `<strong>어느 펭귄일까요?</strong> 바탕은 각 종의 확률을 보여 줍니다. 데이터: Gorman, Williams, Fraser 2014 (CC0). ${species}`,
  "[aria-labelledby=h-classes] > p:not(.row)": [
    "값이 숫자일 필요는 없습니다. 한 종의 키들이 갖는 가중치의 합이 그 종의 확률입니다. σ는 각 측정의 표준 편차 단위이므로 밀리미터와 그램이 똑같이 셈해집니다.",
    "Fix와 Hodges는 1951년에 추정한 밀도가 가장 큰 종류로 점을 분류했습니다. Parzen은 1962년에 데이터 둘레의 창을 더한 그런 추정을 연구했습니다. 그 분수는 가중치의 분수와 같으므로 선들이 겹칩니다.",
  ],
  "[aria-labelledby=h-classes] > h3": "커널 분류는 파젠의 판별과 같다",
  "#parzen figcaption": `<strong>밀도와 확률.</strong> 왼쪽: 첫 측정에 따른 각 종의 밀도 곱하기 비율. 오른쪽: 가중치에서 얻은 확률. 점선은 각 밀도를 모든 밀도의 합으로 나눈 것. ${species}`,
  "#h-density": "적응 대역폭",
  "#adaptive figcaption": `<strong>넓은 언덕 위의 좁은 봉우리.</strong> 키 1000개, 그 가운데 셋 중 하나는 0에서 0.1 안팎. 하나의 대역폭은 봉우리에는 너무 넓고 언덕에는 너무 좁습니다. ${legend(`${estimate}<span class="key truth">참 밀도</span>`)}`,
  "[aria-labelledby=h-density] > p:not(.row)":
    "값이 없는 가중치는 밀도를, 곧 가까이에 키가 얼마나 많은지를 추정합니다. 하나의 대역폭으로 먼저 추정하여 키가 드문 곳을 찾고, 그곳의 키에는 밀도의 제곱근에 반비례하는 더 넓은 대역폭을 줍니다. 오차가 삼분의 일 줄어듭니다.",
  "#h-sphere": "내적 어텐션",
  "#sphere figcaption": `<strong>원 위의 어텐션.</strong> 키와 쿼리는 방향이고 키의 가중치는 exp(<i>q·k</i>/τ)입니다. 오른쪽: 모든 쿼리의 출력. ${legend('<span class="key estimate">소프트맥스</span><span class="key truth">가우스</span><span class="key dots">값</span>')}`,
  "[aria-labelledby=h-sphere] > p:not(.row)": [
    "단위 벡터 사이에서는 |<i>q</i> − <i>k</i>|² = 2 − 2 <i>q·k</i>입니다. 그래서 내적에 대한 소프트맥스 어텐션은 대역폭 σ = √τ인 가우스 커널의 회귀 <em>그 자체</em>입니다.",
    "길이가 다른 키에는 exp(λ|<i>k</i>|²/2τ)의 가중치가 더해집니다. 트랜스포머는 쿼리와 키가 무엇인지도 배웁니다. 내적 앞의 두 행렬이 그것입니다. 가중 평균은 1964년 그대로입니다.",
  ],
  "[aria-labelledby=h-sphere] > h3": "나다라야–왓슨에서 어텐션으로",
  "#bridge figcaption": `<strong>같은 쿼리, 두 가지 유사도.</strong> 점수는 (<i>q·k</i> − (1 − λ)|<i>k</i>|²/2) / τ입니다. λ = 0이면 가우스의 점수로 가장 가까운 키가 크게 세어지고, λ = 1이면 내적의 점수로 쿼리 방향의 긴 키가 크게 세어집니다. 큰 점일수록 가중치가 큽니다. ${legend('<span class="key estimate">출력</span><span class="key dots">값</span>')}`,
  "#h-rates": "오차는 얼마나 빨리 줄어드는가",
  "#rates figcaption":
    "<strong>키가 많을수록 오차가 작다.</strong> 크기마다 표본 마흔 개를 float64로 미리 측정했으며 σ ∝ <i>n</i><sup>−1/(d+4)</sup>입니다. 막대는 표준 오차의 두 배, 점선은 이론의 속도 <i>n</i><sup>−2/(d+4)</sup>입니다.",
  "[aria-labelledby=h-rates] > p:not(.row)":
    "키가 열 배가 되면 오차는 좌표 하나에서 약 2.5배 줄지만 셋에서는 1.9배만 줄어듭니다. 차원이 높을수록 모든 키가 더 멀리 있습니다. 차원의 저주입니다.",
  "#h-million": "백만 개의 키",
  "#million figcaption": `<strong>잡음 아래의 잔물결.</strong> <i>y</i> = 2 sin <i>x</i> + <i>x</i> + 0.2 sin 14<i>x</i> + 1.5의 잡음. 구름은 데이터의 밀도이고, 화소의 열마다 쿼리가 하나씩 있습니다. ${legend(`${estimate}${truth}`)}`,
  "[aria-labelledby=h-million] > p:not(.row)":
    "키 천 개는 물결을 보여 줍니다. 키 십만 개와 좁은 σ는 그 위의, 잡음보다 일곱 배 작은 잔물결을 보여 줍니다. 두 슬라이더를 움직여 나타나는 것을 보세요. 모든 쌍을 계산하면 끌어 움직이기에는 너무 느립니다. 그러나 가우스는 매끄러우므로 키를 격자에 펼치고, 격자를 합성곱하고, 쿼리에서 보간할 수 있습니다. 이것이 <b>빠른 가우스 변환</b>입니다. 범위의 백만분의 일까지 완전한 합과 같으며, 그 한계를 쿼리마다 확인합니다.",
  "#skipped figcaption":
    "<strong>건너뛴 쌍.</strong> 왼쪽부터 오른쪽까지 키와 쿼리를 각각 64개의 타일로 나눕니다. 가장 가까운 두 점의 가중치가 10<sup>−12</sup>보다 작은 타일 쌍은 건너뜁니다. 가장자리가 있는 커널은 정확히 그 밖의 쌍을 건너뜁니다.",
  "#h-exercises": "연습 문제",
  ".exercises > li > p": [
    "파젠 창은 종류마다 밀도를 추정하고 나눕니다. 분류에서 이것이 나다라야–왓슨 추정임을 증명하세요.",
    "제곱 오차에 대한 경사 하강으로 대역폭을 학습하세요. <b>(가)</b> 모든 키가 자신을 예측하면 왜 0으로 가나요? <b>(나)</b> 각 키를 자기 예측에서 빼면 어떻게 되나요? <b>(다)</b> 키마다 대역폭을 두면 도움이 될까요?",
    "키와 쿼리의 길이가 1일 때 가우스의 가중치가 내적에만 달려 있음을 보이세요.",
    "키의 수가 늘 때 추정이 수렴하려면 σ는 얼마나 빨리 줄어도 되나요?",
  ],
  ".exercises summary": ["힌트", "답", "힌트", "답", "힌트", "답", "힌트", "답"],
  ".exercises details p": [
    "한 종류의 밀도를 구성원 둘레의 창의 합을 모든 구성원의 수로 나눈 것으로 쓰고, 모든 종류에 대한 합으로 나누세요.",
    '종류의 비율 n_c/n 곱하기 밀도 Σ α(q, k)/n_c는 Σ α(q, k)/n, 곧 구성원의 가중치입니다. 모든 키의 가중치로 나누면 어텐션 가중치의 합입니다. <a href="#parzen">두 선이 여기 그려져 있습니다</a>.',
    "어떤 키에 가장 가까운 키는 무엇인가요?",
    '(가) 키 자신의 가중치가 가장 크고, σ → 0이면 전부가 되어 훈련 오차가 0이 됩니다. (나) 나머지가 그 키를 예측해야 하므로 너무 작은 σ는 손해입니다. <a href="#learn">둘 다 재생해 보세요</a>. (다) 키가 빽빽한 곳에서는 더 좁은 것이 낫습니다: <a href="#adaptive">적응 대역폭</a>. 마음대로 배우게 하면 그 많은 수가 다시 과적합합니다.',
    "|q − k|² = |q|² + |k|² − 2 q·k.",
    '길이는 상수이므로 분수에서 약분됩니다: exp(−|q − k|²/2τ) ∝ exp(q·k/τ). <a href="#sphere">두 곡선이 겹칩니다</a>. 그 조건이 없으면 <a href="#bridge">둘 사이의 슬라이더</a>를 보세요.',
    "편향에는 σ → 0이 필요하고, 분산에는 σ 안의 많은 키가 필요합니다.",
    'nσ^d → ∞이면서 σ → 0. 제곱 편향은 σ⁴, 분산은 1/(nσ^d)의 크기이고, σ ∝ n^(−1/(d + 4))에서 균형을 이루어 오차가 n^(−2/(d + 4))로 줄어듭니다. <a href="#rates">여기서 측정했습니다</a>.',
  ],
  ".note > summary": "이 연습 문제가 나온 글에 대하여",
  ".note > p":
    "<i>Dive into Deep Learning</i>(Zhang, Lipton, Li, Smola)의 유사도에 의한 어텐션 풀링 장을 따릅니다. 그 장이 “에파네치니코프”라고 부르는 식은 max(0, 1 − |u|)로, 다른 글은 대개 삼각 커널이라 부릅니다. 에파네치니코프 커널은 max(0, 1 − u²)이며, 이 페이지에서는 둘 다 고를 수 있습니다.",
  "#h-code": "당신의 코드에서",
  "[aria-labelledby=h-code] > p": [
    '아직 npm에 올라 있지 않습니다. <a href="./docs/start.html#install">저장소를 복제해 설치하세요</a>.',
    '이 페이지 뒤의 라이브러리는 수백만 점에 대해 같은 합을 계산합니다. <a href="./explore.html">당신의 표를 탐색하거나</a>, <a href="./bench.html">어댑터를 측정하거나</a>, <a href="./docs/">문서를 읽어 보세요</a>.',
  ],
  "#check": "float64와 비교하기",
};

/** The first words of labels, whose controls stay: by the name of the control. */
export const labels: Readonly<Record<string, string>> = {
  query: "쿼리 ",
  n: "키의 수 ",
  noise: "잡음 ",
  seed: "시드 ",
  fourth: "네 번째 커널 ",
  equal: "같게 하여 비교 ",
  stage: "단계 ",
  kernel: "커널 ",
  learnStep: "단계 ",
  rideKernel: "커널 ",
  rideSigma: "σ (ms) ",
  birdX: "가로 ",
  birdY: "세로 ",
  birdSigma: "σ (표준 편차) ",
  angle: "쿼리의 각도 ",
  temperature: "온도 τ ",
  lambda: "λ, 거리에서 내적으로 ",
  million: "키의 수 ",
};
