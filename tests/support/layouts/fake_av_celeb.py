"""A person with fakes of each kind, the donor of one, and a file that the list names twice."""

VIDEOS = [
    "FakeAVCeleb_v1.2/RealVideo-RealAudio/African/men/id00076/00109.mp4",
    "FakeAVCeleb_v1.2/RealVideo-RealAudio/African/men/id01779/00028.mp4",
    "FakeAVCeleb_v1.2/RealVideo-RealAudio/Asian (East)/women/id06591/00021.mp4",
    "FakeAVCeleb_v1.2/FakeVideo-RealAudio/African/men/id00076/00109_id01779_AAnyugIAXao.mp4",
    "FakeAVCeleb_v1.2/FakeVideo-RealAudio/African/men/id00076/00109_id06591_wavtolip.mp4",
    "FakeAVCeleb_v1.2/FakeVideo-RealAudio/African/men/id00076/00109_3.mp4",
    "FakeAVCeleb_v1.2/FakeVideo-FakeAudio/African/men/id00076/00109_id06591_wavtolip.mp4",
    "FakeAVCeleb_v1.2/FakeVideo-FakeAudio/African/men/id00076/00109_id01779_A_id06591_wavtolip.mp4",
]
SOUND_ALONE = "FakeAVCeleb_v1.2/RealVideo-FakeAudio/African/men/id00076/00109_fake.mp4"
LIST = (
    "source,target1,target2,method,category,type,race,gender,path,\n"
    "id00076,-,-,real,A,RealVideo-RealAudio,African,men,00109.mp4,\n"
    "id01779,-,-,real,A,RealVideo-RealAudio,African,men,00028.mp4,\n"
    "id06591,-,-,real,A,RealVideo-RealAudio,Asian (East),women,00021.mp4,\n"
    "id00076,-,-,rtvc,B,RealVideo-FakeAudio,African,men,00109_fake.mp4,\n"
    "id00076,id01779,-,faceswap,C,FakeVideo-RealAudio,African,men,00109_id01779_AAnyugIAXao.mp4,\n"
    "id00076,id06591,-,wav2lip,C,FakeVideo-RealAudio,African,men,00109_id06591_wavtolip.mp4,\n"
    "id00076,id01779,-,fsgan,C,FakeVideo-RealAudio,African,men,00109_3.mp4,\n"
    "id00076,id06591,-,wav2lip,D,FakeVideo-FakeAudio,African,men,00109_id06591_wavtolip.mp4,\n"
    "id00076,id01779,id06591,faceswap-wav2lip,D,FakeVideo-FakeAudio,African,men,"
    "00109_id01779_A_id06591_wavtolip.mp4,\n"
    "id00076,id01779,id06591,fsgan-wav2lip,D,FakeVideo-FakeAudio,African,men,"
    "00109_id01779_A_id06591_wavtolip.mp4,\n"
)
FILES = {
    **dict.fromkeys([*VIDEOS, SOUND_ALONE]),
    "FakeAVCeleb_v1.2/meta_data.csv": LIST,
}
