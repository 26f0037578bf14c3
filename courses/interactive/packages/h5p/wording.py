"""What the buttons and messages of H5P activities say in French, for the content types that `authoring` writes.

A content carries these texts itself: a platform fills in nothing. Each is under the name of its field in the library's
semantics, so that a version that lacks the field is given none.
"""

from __future__ import annotations

from typing import Any

_CHECK = "Vérifier"
_SUBMIT = "Envoyer"
_SOLUTION = "Voir la solution"
_RETRY = "Recommencer"
_SCORE = "Vous avez obtenu :num points sur :total"
_CONFIRM_CHECK = {
    "header": "Terminer ?",
    "body": "Voulez-vous vraiment terminer ?",
    "cancelLabel": "Annuler",
    "confirmLabel": "Terminer",
}
_CONFIRM_RETRY = {
    "header": "Recommencer ?",
    "body": "Voulez-vous vraiment recommencer ?",
    "cancelLabel": "Annuler",
    "confirmLabel": "Confirmer",
}
_SPOKEN = {
    "a11yCheck": "Vérifier les réponses. Elles seront marquées justes, fausses ou sans réponse.",
    "a11yShowSolution": "Voir la solution. La bonne réponse sera indiquée.",
    "a11yRetry": "Recommencer. Toutes les réponses seront effacées.",
}

TRUE_FALSE: dict[str, Any] = {
    "l10n": {
        "trueText": "Vrai",
        "falseText": "Faux",
        "score": "Vous avez obtenu @score points sur @total",
        "checkAnswer": _CHECK,
        "submitAnswer": _SUBMIT,
        "showSolutionButton": _SOLUTION,
        "tryAgain": _RETRY,
        "wrongAnswerMessage": "Mauvaise réponse",
        "correctAnswerMessage": "Bonne réponse",
        "scoreBarLabel": _SCORE,
        **_SPOKEN,
    },
    "confirmCheck": _CONFIRM_CHECK,
    "confirmRetry": _CONFIRM_RETRY,
}

MULTI_CHOICE: dict[str, Any] = {
    "UI": {
        "checkAnswerButton": _CHECK,
        "submitAnswerButton": _SUBMIT,
        "showSolutionButton": _SOLUTION,
        "tryAgainButton": _RETRY,
        "tipsLabel": "Voir un indice",
        "scoreBarLabel": _SCORE,
        "tipAvailable": "Indice disponible",
        "feedbackAvailable": "Retour disponible",
        "readFeedback": "Lire le retour",
        "wrongAnswer": "Mauvaise réponse",
        "correctAnswer": "Bonne réponse",
        "shouldCheck": "Il fallait la choisir",
        "shouldNotCheck": "Il ne fallait pas la choisir",
        "noInput": "Répondez avant de voir la solution",
        **_SPOKEN,
    },
    "confirmCheck": _CONFIRM_CHECK,
    "confirmRetry": _CONFIRM_RETRY,
}

BLANKS: dict[str, Any] = {
    "showSolutions": _SOLUTION,
    "tryAgain": _RETRY,
    "checkAnswer": _CHECK,
    "submitAnswer": _SUBMIT,
    "notFilledOut": "Remplissez tous les trous pour voir la solution",
    "answerIsCorrect": "« :ans » est juste",
    "answerIsWrong": "« :ans » est faux",
    "answeredCorrectly": "Réponse juste",
    "answeredIncorrectly": "Réponse fausse",
    "solutionLabel": "Bonne réponse :",
    "inputLabel": "Trou @num sur @total",
    "inputHasTipLabel": "Indice disponible",
    "tipLabel": "Indice",
    "confirmCheck": _CONFIRM_CHECK,
    "confirmRetry": _CONFIRM_RETRY,
    "scoreBarLabel": _SCORE,
    "a11yCheckingModeHeader": "Vérification",
    **_SPOKEN,
}

DRAG_TEXT: dict[str, Any] = {
    "checkAnswer": _CHECK,
    "submitAnswer": _SUBMIT,
    "tryAgain": _RETRY,
    "showSolution": _SOLUTION,
    "dropZoneIndex": "Zone @index.",
    "empty": "La zone @index est vide.",
    "contains": "La zone @index contient @draggable.",
    "ariaDraggableIndex": "Étiquette @index sur @count.",
    "tipLabel": "Voir un indice",
    "correctText": "Juste",
    "incorrectText": "Faux",
    "resetDropTitle": "Vider la zone",
    "resetDropDescription": "Voulez-vous vider cette zone ?",
    "grabbed": "Étiquette prise.",
    "cancelledDragging": "Étiquette reposée.",
    "correctAnswer": "Bonne réponse :",
    "feedbackHeader": "Retour",
    "scoreBarLabel": _SCORE,
    **_SPOKEN,
}

IMAGE: dict[str, Any] = {
    "contentName": "Image",
    "expandImage": "Agrandir",
    "minimizeImage": "Réduire",
}

QUESTION_SET: dict[str, Any] = {
    "texts": {
        "prevButton": "Question précédente",
        "previous": "Précédente",
        "nextButton": "Question suivante",
        "next": "Suivante",
        "finishButton": "Terminer",
        "submitButton": _SUBMIT,
        "textualProgress": "Question @current sur @total",
        "jumpToQuestion": "Question %d sur %total",
        "questionLabel": "Question",
        "readSpeakerProgress": "Question @current sur @total",
        "unansweredText": "Sans réponse",
        "answeredText": "Avec réponse",
        "currentQuestionText": "Question en cours",
        "navigationLabel": "Questions",
    },
    "endGame": {
        "noResultMessage": "Terminé",
        "message": "Votre résultat :",
        "amountCorrect": "@finals justes sur @totals",
        "scoreBarLabel": "Vous avez obtenu @finals points sur @totals",
        "scoreHeader": "Score",
        "solutionButtonText": _SOLUTION,
        "retryButtonText": _RETRY,
        "finishButtonText": "Terminer",
        "submitButtonText": _SUBMIT,
        "skipButtonText": "Passer la vidéo",
    },
}

COURSE_PRESENTATION: dict[str, Any] = {
    "l10n": {
        "slide": "Diapositive",
        "slides": "Diapositives",
        "score": "Score",
        "yourScore": "Votre score",
        "maxScore": "Score maximal",
        "total": "Total",
        "totalScore": "Score total",
        "showSolutions": "Voir les solutions",
        "retry": _RETRY,
        "exportAnswers": "Exporter le texte",
        "hideKeywords": "Cacher le sommaire",
        "showKeywords": "Montrer le sommaire",
        "fullscreen": "Plein écran",
        "exitFullscreen": "Quitter le plein écran",
        "prevSlide": "Diapositive précédente",
        "nextSlide": "Diapositive suivante",
        "currentSlide": "Diapositive en cours",
        "lastSlide": "Dernière diapositive",
        "solutionModeTitle": "Quitter les solutions",
        "solutionModeText": "Solutions",
        "summaryMultipleTaskText": "Plusieurs questions",
        "scoreMessage": "Vous avez obtenu :",
        "shareFacebook": "Partager sur Facebook",
        "shareTwitter": "Partager sur Twitter",
        "shareGoogle": "Partager sur Google+",
        "summary": "Bilan",
        "solutionsButtonTitle": "Voir les commentaires",
        "printTitle": "Imprimer",
        "printIngress": "Que voulez-vous imprimer ?",
        "printAllSlides": "Toutes les diapositives",
        "printCurrentSlide": "Cette diapositive",
        "noTitle": "Sans titre",
        "accessibilitySlideNavigationExplanation": "Les flèches gauche et droite changent de diapositive.",
        "accessibilityCanvasLabel": "Diaporama. Les flèches gauche et droite changent de diapositive.",
        "accessibilityProgressBarLabel": "Choisissez la diapositive à afficher",
        "containsNotCompleted": "@slideName : une question attend votre réponse",
        "containsCompleted": "@slideName : répondu",
        "slideCount": "Diapositive @index sur @total",
        "containsOnlyCorrect": "@slideName : tout est juste",
        "containsIncorrectAnswers": "@slideName : des réponses sont fausses",
        "resultHeader": "Résultats",
        "amountCorrect": "@value / @max juste(s)",
        "amountCorrectAria": "@value juste(s) sur @max",
        "shareResult": "Partager le résultat",
        "accessibilityTotalScore": "Vous avez obtenu @score points sur @maxScore",
        "accessibilityEnteredFullscreen": "Plein écran",
        "accessibilityExitedFullscreen": "Plein écran quitté",
        "confirmDialogHeader": "Envoyer vos réponses",
        "confirmDialogText": "Vos résultats vont être envoyés. Continuer ?",
        "confirmDialogConfirmText": "Envoyer et voir les résultats",
        "slideshowNavigationLabel": "Navigation du diaporama",
        "confirmDialogConfirmLabel": "Confirmer",
        "confirmDialogCancelLabel": "Annuler",
    },
}

WORDS: dict[str, dict[str, Any]] = {
    "H5P.TrueFalse": TRUE_FALSE,
    "H5P.MultiChoice": MULTI_CHOICE,
    "H5P.Blanks": BLANKS,
    "H5P.DragText": DRAG_TEXT,
    "H5P.Image": IMAGE,
    "H5P.QuestionSet": QUESTION_SET,
    "H5P.CoursePresentation": COURSE_PRESENTATION,
}
"""The words of each content type, by the machine name of its library."""
