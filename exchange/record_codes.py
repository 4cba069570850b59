"""What the commonest medical codes are called in plain English and in Chinese.

Rule: only codes whose meaning is plain are here, by system and code; for all others, and in English
for all that need no plainer name, the record's own words are shown. A page that shows a name from
here lets the reader see the record's own words too.
Source: HL7 FHIR R4 vital signs; LOINC, SNOMED CT and CVX code meanings; names are ours.
"""

from collections.abc import Mapping
from typing import Final

from exchange.record_values import LOINC, Code
from primitives.catalogue.entry import Language

SNOMED: Final = "http://snomed.info/sct"
CVX: Final = "http://hl7.org/fhir/sid/cvx"


def code_words(code: Code | None, words: str, language: Language) -> str:
    """Return what a code is called in a language; the record's own words when it has no name here.

    Args:
        code: as the record has it.
        words: the record's own.
        language: of the page.
    """
    names = NAMES.get(code.system, {}).get(code.code) if code else None
    return (names[language == "zh"] if names else "") or words


_LOINC: Final[Mapping[str, tuple[str, str]]] = {
    "8302-2": ("Body height", "身高"),
    "29463-7": ("Body weight", "体重"),
    "39156-5": ("Body mass index", "体质指数（BMI）"),
    "59576-9": ("Body mass index, percentile", "体质指数百分位（按年龄和性别）"),
    "77606-2": ("Weight for length, percentile", "身长别体重百分位（按年龄和性别）"),
    "9843-4": ("Head circumference", "头围"),
    "85354-9": ("Blood pressure", "血压"),
    "8480-6": ("Systolic blood pressure", "收缩压"),
    "8462-4": ("Diastolic blood pressure", "舒张压"),
    "8867-4": ("Heart rate", "心率"),
    "9279-1": ("Breathing rate", "呼吸频率"),
    "8310-5": ("Body temperature", "体温"),
    "8331-1": ("Temperature in the mouth", "口腔温度"),
    "72514-3": ("Pain, 0 to 10", "疼痛评分（0–10）"),
    "72166-2": ("Smoking", "吸烟状况"),
    "6690-2": ("White blood cells", "白细胞计数"),
    "789-8": ("Red blood cells", "红细胞计数"),
    "718-7": ("Haemoglobin", "血红蛋白"),
    "4544-3": ("Haematocrit", "红细胞压积"),
    "787-2": ("Mean volume of red cells (MCV)", "平均红细胞体积（MCV）"),
    "785-6": ("Haemoglobin in a red cell (MCH)", "平均红细胞血红蛋白量（MCH）"),
    "786-4": ("Haemoglobin concentration of red cells (MCHC)", "平均红细胞血红蛋白浓度（MCHC）"),
    "21000-5": ("Width of red cell volumes (RDW)", "红细胞分布宽度（RDW）"),
    "777-3": ("Platelets", "血小板计数"),
    "32207-3": ("Width of platelet volumes (PDW)", "血小板分布宽度（PDW）"),
    "32623-1": ("Mean volume of platelets (MPV)", "平均血小板体积（MPV）"),
    "89204-2": ("Depression questionnaire for teens (PHQ-9), score", "青少年抑郁问卷（PHQ-9）总分"),
    "70274-6": ("Anxiety questionnaire (GAD-7), score", "广泛性焦虑量表（GAD-7）总分"),
    "69453-9": ("Cause of death", "死亡原因"),
    "58410-2": ("Complete blood count", "血常规"),
    "89206-7": ("Depression questionnaire for teens (PHQ-9)", "青少年抑郁问卷（PHQ-9）"),
    "69737-5": ("Anxiety questionnaire (GAD-7)", "广泛性焦虑量表（GAD-7）"),
    "69409-1": ("Certificate of death", "死亡证明"),
    "34117-2": ("History and physical examination", "病史与体格检查记录"),
    "51847-2": ("Assessment and plan", "评估与计划"),
}
_SNOMED: Final[Mapping[str, tuple[str, str]]] = {
    "410620009": ("Well child visit", "儿童健康检查"),
    "185345009": ("Visit for a symptom", "因症状就诊"),
    "702927004": ("Urgent care", "紧急诊疗门诊"),
    "50849002": ("Emergency admission", "急诊收治"),
    "183452005": ("Hospital stay", "住院"),
    "308646001": ("Certification of death", "死亡证明"),
    "444814009": ("Viral sinusitis", "病毒性鼻窦炎"),
    "195662009": ("Acute viral pharyngitis", "急性病毒性咽炎"),
    "10509002": ("Acute bronchitis", "急性支气管炎"),
    "74400008": ("Appendicitis", "阑尾炎"),
    "47693006": ("Rupture of appendix", "阑尾破裂"),
    "428251008": ("History of appendectomy", "阑尾切除史"),
    "110030002": ("Concussion of the brain", "脑震荡"),
    "266919005": ("Never smoked", "从不吸烟"),
    "80146002": ("Appendectomy", "阑尾切除术"),
    "430193006": ("Medication reconciliation", "用药核对"),
    "171207006": ("Depression screening", "抑郁筛查"),
    "117015009": ("Throat culture", "咽拭子培养"),
    "269911007": ("Sputum examination", "痰液检查"),
    "710841007": ("Assessment of anxiety", "焦虑评估"),
}
_CVX: Final[Mapping[str, tuple[str, str]]] = {
    "03": ("", "麻腮风疫苗（MMR）"),
    "08": ("", "乙型肝炎疫苗（儿童及青少年）"),
    "10": ("", "脊髓灰质炎灭活疫苗（IPV）"),
    "20": ("", "百白破疫苗（DTaP）"),
    "21": ("", "水痘疫苗"),
    "49": ("", "b 型流感嗜血杆菌疫苗（Hib）"),
    "83": ("", "甲型肝炎疫苗（儿童及青少年，两剂次）"),
    "119": ("", "轮状病毒疫苗（单价）"),
    "133": ("", "13 价肺炎球菌结合疫苗（PCV13）"),
    "140": ("", "流感疫苗（季节性，不含防腐剂）"),
}
NAMES: Final = {LOINC: _LOINC, SNOMED: _SNOMED, CVX: _CVX}
"""English and Chinese by system and code; no English where the record's own is plain."""
